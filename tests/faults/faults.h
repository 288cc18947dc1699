/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rig: PID 1 of a VM. It boots coldinit again and again, each time as PID 1 of new namespaces,
 * and lets one system call fail each time. README.md has the whole.
 */
#ifndef COLDINIT_FAULTS_H
#define COLDINIT_FAULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/user.h>

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

#define ROLE_MAX 24

/*
 * struct fault_case - one boot
 * @id: number in the results
 * @trace: no fault: print all calls
 * @role: which process has the fault: "1" is PID 1, "1.2" is its second child
 * @call, @nth: the number of the system call, and which of its calls in the process fails
 * @error: its errno
 */
struct fault_case {
	int id;
	bool trace;
	char role[ROLE_MAX];
	int call, nth, error;
};

/* --- rig.c: the results ----------------------------------------------------------------------- */

void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
ssize_t read_file(const char *path, char *buf, size_t size);
int write_file(const char *path, const char *text);
double now(void);

/* --- guest.c: the guest's state, which the boots share ------------------------------------------
 */

/* Note what is there before the first boot. */
void guest_note(void);
/* Add an action of guest_restore(): write @text to @path. */
void guest_undo(const char *path, const char *text);
/* Bring the guest back to where it was; @modules: remove those that coldinit has loaded. */
void guest_restore(bool modules);
/* Make the initramfs that coldinit begins in, from /stage, and make it the root. */
void guest_enter_initramfs(void);

/* --- trace.c ------------------------------------------------------------------------------------
 */

/* Boot coldinit, and print what happened in it except its console. @limit: in seconds. */
void trace_boot(const struct fault_case *c, double limit);

/* --- call.c -------------------------------------------------------------------------------------
 */

/* Where coldinit's code is, from its ELF header. */
void call_find_code(const char *program);
/* Describe the object of a system call: path, file of a descriptor, or numbers. */
void call_object(pid_t pid, const struct user_regs_struct *regs, char *buf, size_t size);
/* Print the return addresses on the stack, innermost first. */
void call_path(pid_t pid, const struct user_regs_struct *regs, char *buf, size_t size);

#endif

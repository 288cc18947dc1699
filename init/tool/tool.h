/* SPDX-License-Identifier: Apache-2.0 */
/* The same binary where it is not PID 1: a tool for those who build images and launchers. */
#ifndef COLDINIT_TOOL_H
#define COLDINIT_TOOL_H

/** tool_main() - run a command. Return: exit status 0 good, 1 bad input, 2 wrong usage. */
int tool_main(int argc, char **argv);

#endif

// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
/*
 * A driver of QEMU's edu device (docs/specs/edu.rst) that behaves as a vendor's driver of GPUs does:
 *
 *	- It has a dynamic major number and no class, so that devtmpfs makes no node: "edu-gpu" is in
 *	  /proc/devices, and a program must make /dev/edu-gpu0.
 *	- It has parameters, and refuses to be loaded with a wrong one.
 *	- It is late: it registers with the PCI core bind_ms after it was loaded, and the device can be
 *	  opened init_ms after it was bound. Until then open(2) fails with EAGAIN.
 *	- /proc/driver/edu-gpu has the version, the parameters and what is known about the device.
 *
 * The device computes: write a number, read its factorial.
 */
#include <linux/cdev.h>
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/io.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/uaccess.h>
#include <linux/workqueue.h>

#define NAME "edu-gpu"

#define EDU_ID	      0x00
#define EDU_FACTORIAL 0x08
#define EDU_STATUS    0x20
#define EDU_COMPUTING 0x01

#define LIMIT_MAX 12 /* the factorial of 13 has more than 32 bits */

static unsigned int bind_ms;
module_param(bind_ms, uint, 0444);
MODULE_PARM_DESC(bind_ms, "delay before the driver is registered, in milliseconds");

static unsigned int init_ms = 300;
module_param(init_ms, uint, 0444);
MODULE_PARM_DESC(init_ms, "delay before a device can be opened, in milliseconds");

static unsigned int limit = LIMIT_MAX;
module_param(limit, uint, 0444);
MODULE_PARM_DESC(limit, "the largest number whose factorial is computed, 1 to 12");

/*
 * There is one device.
 * @lock: protects all of it
 * @pdev: NULL while none is bound
 * @ready: it can be opened
 * @opens: how often it is open
 */
static struct {
	struct mutex lock;
	struct pci_dev *pdev;
	void __iomem *registers;
	bool ready;
	unsigned int opens;
} gpu = {.lock = __MUTEX_INITIALIZER(gpu.lock)};

static dev_t number;
static struct cdev cdev;
static struct proc_dir_entry *proc;
static bool registered;

/* --- the device ---------------------------------------------------------------------------- */

static int gpu_compute(unsigned int n, unsigned int *result)
{
	iowrite32(n, gpu.registers + EDU_FACTORIAL);
	for (int i = 0; ioread32(gpu.registers + EDU_STATUS) & EDU_COMPUTING; i++) {
		if (i == 1000)
			return -EIO;
		usleep_range(1000, 2000);
	}
	*result = ioread32(gpu.registers + EDU_FACTORIAL);
	return 0;
}

static void gpu_initialize(struct work_struct *work)
{
	mutex_lock(&gpu.lock);
	gpu.ready = gpu.pdev != NULL;
	mutex_unlock(&gpu.lock);
	pr_info(NAME ": the device can be opened\n");
}

static DECLARE_DELAYED_WORK(initialize, gpu_initialize);

static int gpu_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	int err;

	if (gpu.pdev)
		return -EBUSY;
	err = pcim_enable_device(pdev);
	if (err)
		return err;
	err = pcim_iomap_regions(pdev, BIT(0), NAME);
	if (err)
		return err;
	mutex_lock(&gpu.lock);
	gpu.registers = pcim_iomap_table(pdev)[0];
	gpu.pdev = pdev;
	mutex_unlock(&gpu.lock);
	schedule_delayed_work(&initialize, msecs_to_jiffies(init_ms));
	return 0;
}

static void gpu_remove(struct pci_dev *pdev)
{
	cancel_delayed_work_sync(&initialize);
	mutex_lock(&gpu.lock);
	gpu.pdev = NULL;
	gpu.ready = false;
	mutex_unlock(&gpu.lock);
}

static const struct pci_device_id gpu_ids[] = {{PCI_DEVICE(0x1234, 0x11e8)}, {}};
MODULE_DEVICE_TABLE(pci, gpu_ids);

static struct pci_driver gpu_driver = {
	.name = "edu_gpu",
	.id_table = gpu_ids,
	.probe = gpu_probe,
	.remove = gpu_remove,
};

/* --- the node ------------------------------------------------------------------------------ */

/* struct gpu_file - one that has opened the node; @result is of the last number that it wrote */
struct gpu_file {
	unsigned int result;
};

static int gpu_open(struct inode *inode, struct file *file)
{
	struct gpu_file *f = kzalloc(sizeof(*f), GFP_KERNEL);
	int err = 0;

	if (!f)
		return -ENOMEM;
	mutex_lock(&gpu.lock);
	if (!gpu.pdev)
		err = -ENODEV;
	else if (!gpu.ready)
		err = -EAGAIN;
	else
		gpu.opens++;
	mutex_unlock(&gpu.lock);
	file->private_data = f;
	if (err)
		kfree(f);
	return err;
}

static int gpu_release(struct inode *inode, struct file *file)
{
	mutex_lock(&gpu.lock);
	gpu.opens--;
	mutex_unlock(&gpu.lock);
	kfree(file->private_data);
	return 0;
}

static ssize_t gpu_write(struct file *file, const char __user *data, size_t size, loff_t *offset)
{
	struct gpu_file *f = file->private_data;
	unsigned int n;
	int err = kstrtouint_from_user(data, size, 10, &n);

	if (err || n > limit)
		return err ? err : -ERANGE;
	mutex_lock(&gpu.lock);
	err = gpu.ready ? gpu_compute(n, &f->result) : -ENODEV;
	mutex_unlock(&gpu.lock);
	return err ? err : size;
}

static ssize_t gpu_read(struct file *file, char __user *data, size_t size, loff_t *offset)
{
	struct gpu_file *f = file->private_data;
	char text[16];
	loff_t start = 0; /* each read(2) has the result from its beginning */

	return simple_read_from_buffer(data, size, &start, text,
				       scnprintf(text, sizeof(text), "%u", f->result));
}

static const struct file_operations gpu_operations = {
	.owner = THIS_MODULE,
	.open = gpu_open,
	.release = gpu_release,
	.write = gpu_write,
	.read = gpu_read,
};

/* --- /proc/driver/edu-gpu ------------------------------------------------------------------ */

static int gpu_show_version(struct seq_file *m, void *v)
{
	seq_puts(m, "edu-gpu kernel module 1.0\n");
	return 0;
}

static int gpu_show_parameters(struct seq_file *m, void *v)
{
	seq_printf(m, "bind_ms: %u\ninit_ms: %u\nlimit: %u\n", bind_ms, init_ms, limit);
	return 0;
}

static int gpu_show_information(struct seq_file *m, void *v)
{
	mutex_lock(&gpu.lock);
	if (gpu.pdev)
		seq_printf(
			m, "bus_location: %s\nidentification: %08x\ninitialized: %d\nopens: %u\n",
			pci_name(gpu.pdev), ioread32(gpu.registers + EDU_ID), gpu.ready, gpu.opens);
	mutex_unlock(&gpu.lock);
	return 0;
}

static int gpu_make_proc(void)
{
	proc = proc_mkdir("driver/" NAME, NULL);
	if (proc && proc_create_single("version", 0444, proc, gpu_show_version) &&
	    proc_create_single("params", 0444, proc, gpu_show_parameters) &&
	    proc_create_single("information", 0444, proc, gpu_show_information))
		return 0;
	proc_remove(proc);
	return -ENOMEM;
}

/* --- the module ---------------------------------------------------------------------------- */

static void gpu_register(struct work_struct *work)
{
	int err = pci_register_driver(&gpu_driver);

	registered = !err;
	if (err)
		pr_err(NAME ": cannot register the driver: %d\n", err);
}

static DECLARE_DELAYED_WORK(bind, gpu_register);

static int __init gpu_init(void)
{
	int err;

	if (!limit || limit > LIMIT_MAX) {
		pr_err(NAME ": limit=%u: must be 1 to %u\n", limit, LIMIT_MAX);
		return -EINVAL;
	}
	err = alloc_chrdev_region(&number, 0, 1, NAME);
	if (err)
		return err;
	cdev_init(&cdev, &gpu_operations);
	err = gpu_make_proc();
	if (err)
		goto fail;
	err = cdev_add(&cdev, number, 1);
	if (err) {
		proc_remove(proc);
		goto fail;
	}
	if (bind_ms)
		schedule_delayed_work(&bind, msecs_to_jiffies(bind_ms));
	else
		gpu_register(NULL);
	return 0;
fail:
	unregister_chrdev_region(number, 1);
	return err;
}

static void __exit gpu_exit(void)
{
	cancel_delayed_work_sync(&bind);
	if (registered)
		pci_unregister_driver(&gpu_driver);
	cdev_del(&cdev);
	proc_remove(proc);
	unregister_chrdev_region(number, 1);
}

module_init(gpu_init);
module_exit(gpu_exit);

MODULE_DESCRIPTION("QEMU's edu device as a stand-in for a GPU");
MODULE_LICENSE("GPL"); /* the kernel has no word for a choice that includes Apache-2.0 */

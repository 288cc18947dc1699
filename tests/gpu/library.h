/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COLDINIT_TESTS_GPU_LIBRARY_H
#define COLDINIT_TESTS_GPU_LIBRARY_H

/* Let the device compute. Return: the factorial of @n, or -1 with errno. */
long edu_gpu_factorial(unsigned n);

#endif

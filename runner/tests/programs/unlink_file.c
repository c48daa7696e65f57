/*
 * unlink_file PATH: one unlink(2), whatever is there (`rm` looks first). Prints what the system
 * call gave as the kernel knows it: 0, or a negative error number.
 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	printf("%d\n", unlink(argv[1]) == 0 ? 0 : -errno);
	return 0;
}

/*
 * write_once FD COUNT: one write(2) of COUNT bytes to /dev/null, open as FD. Makes no other write.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	static char bytes[65536];

	if (argc != 3)
		return 2;
	int fd = atoi(argv[1]);
	long count = atol(argv[2]);
	int null = open("/dev/null", O_WRONLY);
	if (null < 0 || count < 0 || count > (long)sizeof(bytes))
		return 2;
	if (null != fd && dup2(null, fd) != fd)
		return 1;
	return write(fd, bytes, count) == count ? 0 : 1;
}

/*
 * interruptible COMMAND [ARGUMENT...]: runs the command with SIGINT and SIGQUIT as they are by
 * default. A shell without job control starts its background commands with both ignored, so that
 * nothing it starts could be tested for how it takes a Ctrl-C.
 */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr, "usage: interruptible COMMAND [ARGUMENT...]\n");
		return 2;
	}
	signal(SIGINT, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
	execvp(argv[1], argv + 1);
	perror(argv[1]);
	return 127;
}

/*
 * allocate SIZE: one malloc(SIZE) of the C library, which it is dynamically linked to.
 */
#include <stdlib.h>

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	char *volatile memory = malloc(atol(argv[1]));
	return memory == NULL;
}

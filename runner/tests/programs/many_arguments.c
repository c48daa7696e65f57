// Calls functions with more arguments than registers; what is above a narrow one is not zero.
#include <stdint.h>
#include <sys/mman.h>
#include <fcntl.h>
#include <unistd.h>

__attribute__((noinline)) long many(int a, const char *b, long c, double d, int e, int f, int g, int16_t h,
				    const char *i, unsigned char j, int64_t k)
{
	__asm__ volatile("" : : "r"(b), "r"(i), "x"(d), "r"(e), "r"(f) : "memory");
	return a + c + g + h + j + k;
}

int main(int argc, char **argv)
{
	static const char two[] = "second", nine[] = "ninth";
	// Pages that nobody has touched cannot be read.
	volatile char touched = two[0] + nine[0];
	int self = open(argv[0], O_RDONLY);

	(void)argc;
	(void)touched;
	many(1, two, -3, 0.5, 5, 6, 7, -8, nine, 200, 0x123456789abcdef0);
	// Five pages into the file, whether or not it is so long.
	return mmap(0, 12288, PROT_READ, MAP_PRIVATE, self, 5 * 4096) == MAP_FAILED;
}

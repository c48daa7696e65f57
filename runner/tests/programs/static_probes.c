/*
 * static_probes: passes static probes (USDT) of the provider `runner`, with 0 to 12 arguments of
 * every width and sign, in registers, memory and constants. Their notes are written out by hand,
 * so that nothing has to be installed. Prints `counted` if the probe with a counter was passed.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define NOTE(name, counter, arguments)                                                             \
	"990: nop\n"                                                                               \
	".pushsection .note.stapsdt,\"\",\"note\"\n"                                               \
	".balign 4\n"                                                                              \
	".4byte 992f-991f, 994f-993f, 3\n"                                                         \
	"991: .asciz \"stapsdt\"\n"                                                                \
	"992: .balign 4\n"                                                                         \
	"993: .8byte 990b, _.stapsdt.base, " counter "\n"                                          \
	".asciz \"runner\"\n"                                                                      \
	".asciz \"" name "\"\n"                                                                    \
	".asciz \"" arguments "\"\n"                                                               \
	"994: .balign 4\n"                                                                         \
	".popsection\n"                                                                            \
	".ifndef _.stapsdt.base\n"                                                                 \
	".pushsection .stapsdt.base,\"aG\",\"progbits\",.stapsdt.base,comdat\n"                     \
	".weak _.stapsdt.base\n"                                                                   \
	".hidden _.stapsdt.base\n"                                                                 \
	"_.stapsdt.base: .space 1\n"                                                               \
	".size _.stapsdt.base, 1\n"                                                                \
	".popsection\n"                                                                            \
	".endif\n"

#define PROBE(name, arguments, ...) __asm__ volatile(NOTE(name, "0", arguments) : : __VA_ARGS__)

/* The program looks at it; whoever watches the probe counts it up meanwhile. */
__attribute__((section(".probes"), used)) volatile unsigned short watched_counter;
__attribute__((used)) int in_memory = -1000001;
__attribute__((used)) uint64_t many[8] = { 0, 11, 22, 33, 44, 55, 66, 77 };

static volatile int8_t s8 = -8;
static volatile uint8_t u8 = 200;
static volatile int16_t s16 = -1600;
static volatile uint16_t u16 = 60000;
static volatile int32_t s32 = -320000;
static volatile uint32_t u32 = 4000000000;
static volatile int64_t s64 = -6400000000000;
static volatile uint64_t u64 = 18000000000000000000u;

#define W1 "-1@%0"
#define W2 W1 " 1@%1"
#define W3 W2 " -2@%2"
#define W4 W3 " 2@%3"
#define W5 W4 " -4@%4"
#define W6 W5 " 4@%5"
#define W7 W6 " -8@%6"
#define W8 W7 " 8@%7"
#define W9 W8 " -4@%8"
#define W10 W9 " 8@%9"
#define W11 W10 " -4@in_memory(%%rip)"
#define W12 W11 " 1@%10"

/* Registers first; what does not fit into them is in memory. */
#define V1 "q"((int8_t)s8)
#define V2 V1, "q"((uint8_t)u8)
#define V3 V2, "r"((int16_t)s16)
#define V4 V3, "r"((uint16_t)u16)
#define V5 V4, "r"((int32_t)s32)
#define V6 V5, "m"(u32)
#define V7 V6, "r"((int64_t)s64)
#define V8 V7, "m"(u64)
#define V9 V8, "n"(-9)
#define V10 V9, "n"(10)
#define V12 V10, "q"((uint8_t)u8)

static __attribute__((noipa)) void passed(uint64_t index)
{
	/* One probe at two places, whose arguments are in different ones. */
	PROBE("twice", "8@%0", "r"(index));
	PROBE("twice", "8@%0", "n"(71));
	/* Base, index and scale; the second byte of a register. */
	PROBE("indexed", "8@(%0,%1,8) -1@%%ch 8@8(%0)", "r"(many), "a"(index), "c"(0x1234fe56));
	PROBE("floating", "8f@%%xmm0 4@%0", "r"((int)index));
}

int main(void)
{
	PROBE("none", "", "i"(0));
	PROBE("one", W1, V1);
	PROBE("two", W2, V2);
	PROBE("three", W3, V3);
	PROBE("four", W4, V4);
	PROBE("five", W5, V5);
	PROBE("six", W6, V6);
	PROBE("seven", W7, V7);
	PROBE("eight", W8, V8);
	PROBE("nine", W9, V9);
	PROBE("ten", W10, V10);
	PROBE("eleven", W11, V10);
	PROBE("twelve", W12, V12);
	passed(3);
	if (watched_counter > 0) {
		__asm__ volatile(NOTE("counted", "watched_counter", "2@%0") : : "r"(watched_counter));
		puts("counted");
	}
	const char *text = "some text";
	PROBE("text", "8@%0 8@%1", "r"(text), "r"(strlen(text)));
	return 0;
}

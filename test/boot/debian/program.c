/* Sorts, multiplies, hashes and prints: what it says depends on integers, doubles, long doubles, calls by pointers and memory. */
#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { many = 200000, side = 96 };

static unsigned state = 1;

static unsigned next(void)
{
	state = state * 1103515245u + 12345u;
	return state >> 8;
}

static int ascending(const void *a, const void *b)
{
	unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;
	return x < y ? -1 : x > y;
}

static unsigned values[many];
static double left[side][side], right[side][side], product[side][side];
static jmp_buf back;

static void fall(int depth)
{
	if (depth == 0)
		longjmp(back, 42);
	fall(depth - 1);
}

int main(void)
{
	for (int i = 0; i < many; i++)
		values[i] = next();
	qsort(values, many, sizeof *values, ascending);
	unsigned long long hash = 14695981039346656037ull;
	for (int i = 0; i < many; i++)
		hash = (hash ^ values[i]) * 1099511628211ull;
	printf("sorted: %u %u %u, %016llx\n", values[0], values[many / 2], values[many - 1], hash);

	for (int i = 0; i < side; i++)
		for (int j = 0; j < side; j++) {
			left[i][j] = next() / 16777216.0 - 0.5;
			right[i][j] = sin(i) * cos(j);
		}
	for (int i = 0; i < side; i++)
		for (int j = 0; j < side; j++)
			for (int k = 0; k < side; k++)
				product[i][j] += left[i][k] * right[k][j];
	double trace = 0;
	for (int i = 0; i < side; i++)
		trace += product[i][i];
	printf("trace: %.17g %a\n", trace, trace);

	long double sum = 0;
	for (int i = 1; i < 100000; i++)
		sum += 1.0L / ((long double)i * i);
	printf("sum: %.21Lg %La\n", sum, sum);
	printf("functions: %.17g %.17g %.17g %.17Lg\n", exp(1.5), pow(2.5, 3.5), atan2(1, 3), sinl(1.0L));

	char text[64] = "";
	for (int i = 0; i < 10; i++)
		snprintf(text + strlen(text), sizeof text - strlen(text), "%x,", i * i * i);
	printf("text: %s %lld\n", text, strtoll("-9223372036854775808", NULL, 10) / 7);

	int came = setjmp(back);
	if (came == 0)
		fall(100);
	printf("back by %d\n", came);
	return 0;
}

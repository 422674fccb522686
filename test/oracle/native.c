/*
 * Runs single instructions on the host's processor: native CASES RESULTS PIECES. Every case ends in a signal, whose handler takes down the state
 * and sets that of the next one; returning from it goes there. So all registers, RSP too, are whatever a case wants.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <ucontext.h>
#include <unistd.h>

enum { code_bytes = 16, data_bytes = 512, page = 4096, most_pieces = 1024 };
/* Code and data are two pages that no program has otherwise; the data is there for addresses of 16 bits, too. Behind it is a page of
 * zeros that can't be written. */
#define CODE 0x20000000ul
#define DATA 0x20018000ul
#define LOW_DATA 0x8000ul

struct state {
  uint64_t gpr[16];
  uint64_t flags;
  uint8_t ymm[16][32];
  uint64_t mxcsr;
  /* The first 24 bytes of what FXSAVE writes, and its registers. */
  uint8_t x87[24];
  uint8_t st[8][16];
};

struct test {
  uint8_t code[code_bytes];
  struct state state;
  /* Which of the pieces of data. */
  uint64_t piece;
  /* 64 or 32. */
  uint64_t mode;
};

struct result {
  struct state state;
  uint64_t rip, trap, error;
  uint64_t data[data_bytes / 8];
};

static const int order[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                              REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};
static FILE *cases, *results;
static struct test test;
static int running;
static uint64_t own_segments;
static uint8_t pieces[most_pieces][data_bytes];
/* None of these is where cases reach for: see leave_high_addresses. */
static char case_buffer[1 << 20], result_buffer[1 << 20], signal_stack[1 << 18];

/* What follows FXSAVE's image in a signal's frame: which states are there, then their places: SDM Vol. 1, 13.4.2 and 13.5.2. */
enum { header_at = 512, upper_at = 576, avx_state = 4 };

static uint64_t *states_of(const mcontext_t *machine) { return (uint64_t *)((uint8_t *)machine->fpregs + header_at); }

static uint8_t *upper_of(const mcontext_t *machine, int number) { return (uint8_t *)machine->fpregs + upper_at + 16 * number; }

static void take(const mcontext_t *from) {
  struct result result = {.rip = from->gregs[REG_RIP], .trap = from->gregs[REG_TRAPNO], .error = from->gregs[REG_ERR]};
  for (int at = 0; at < 16; at++) result.state.gpr[at] = from->gregs[order[at]];
  result.state.flags = from->gregs[REG_EFL];
  for (int at = 0; at < 16; at++) {
    memcpy(result.state.ymm[at], from->fpregs->_xmm + at, 16);
    if (states_of(from)[0] & avx_state) memcpy(result.state.ymm[at] + 16, upper_of(from, at), 16);
  }
  result.state.mxcsr = from->fpregs->mxcsr;
  memcpy(result.state.x87, from->fpregs, sizeof result.state.x87);
  memcpy(result.state.st, from->fpregs->_st, sizeof result.state.st);
  memcpy(result.data, (void *)DATA, data_bytes);
  if (fwrite(&result, sizeof result, 1, results) != 1) abort();
}

/*
 * Cases reach for addresses of 47 bits whose upper ones are ones, where programs have their stacks and what the kernel lends them: what is there
 * would answer instead of a fault. Signals need neither.
 */
static void leave_high_addresses(void) {
  FILE *maps = fopen("/proc/self/maps", "r");
  unsigned long lent[8][2], from, to;
  char line[512];
  int count = 0;
  if (maps == NULL) abort();
  while (fgets(line, sizeof line, maps) != NULL)
    if (strstr(line, "[stack") != NULL || strstr(line, "[vvar") != NULL || strstr(line, "[vdso") != NULL)
      if (sscanf(line, "%lx-%lx", &from, &to) == 2 && count < 8) lent[count][0] = from, lent[count++][1] = to;
  fclose(maps);
  while (count-- > 0)
    if (munmap((void *)lent[count][0], lent[count][1] - lent[count][0]) != 0) abort();
}

static void on_signal(int number, siginfo_t *info, void *context) {
  (void)number, (void)info;
  mcontext_t *machine = &((ucontext_t *)context)->uc_mcontext;
  /* What a case left in NT, AC and ID is no business of the next one: returning from a signal doesn't set NT and ID. */
  __asm__ volatile("pushq $2\n\tpopfq" : : : "memory", "cc");
  if (running) take(machine);
  else own_segments = machine->gregs[REG_CSGSFS], leave_high_addresses();
  running = 1;
  if (fread(&test, sizeof test, 1, cases) != 1) {
    fclose(results);
    _exit(0);
  }
  memcpy((void *)DATA, pieces[test.piece], data_bytes);
  memset((char *)DATA + data_bytes, 0, page - data_bytes);
  memcpy((void *)CODE, test.code, code_bytes);
  memset((char *)CODE + code_bytes, 0, page - code_bytes);
  for (int at = 0; at < 16; at++) machine->gregs[order[at]] = test.state.gpr[at];
  machine->gregs[REG_EFL] = test.state.flags;
  states_of(machine)[0] |= avx_state | 3;
  for (int at = 0; at < 16; at++) {
    memcpy(machine->fpregs->_xmm + at, test.state.ymm[at], 16);
    memcpy(upper_of(machine, at), test.state.ymm[at] + 16, 16);
  }
  machine->fpregs->mxcsr = test.state.mxcsr;
  memcpy(machine->fpregs, test.state.x87, sizeof test.state.x87);
  memcpy(machine->fpregs->_st, test.state.st, sizeof test.state.st);
  machine->gregs[REG_RIP] = CODE;
  /* A segment of 32-bit code that every Linux has: linux arch/x86/include/asm/segment.h, __USER32_CS. */
  machine->gregs[REG_CSGSFS] = test.mode == 32 ? (own_segments & ~0xffffull) | 0x23 : own_segments;
}

/* Present from the first case on: a gather that the kernel's mending of a fault cuts in two is trapped in between. */
static int map(unsigned long at, int access, int file, off_t from) {
  return mmap((void *)at, page, access, MAP_SHARED | MAP_FIXED | MAP_POPULATE, file, from) == MAP_FAILED;
}

int main(int count, char **words) {
  if (count != 4 && count != 5) return 2;
  /* The program itself may be there, too: begun again, it is elsewhere. */
  if ((uintptr_t)main >> 32 == 0x7fff && count == 4) {
    personality(personality(0xffffffff) & ~(unsigned long)ADDR_NO_RANDOMIZE);
    return execv("/proc/self/exe", (char *[]){words[0], words[1], words[2], words[3], "again", NULL});
  }
  cases = fopen(words[1], "rb");
  results = fopen(words[2], "wb");
  FILE *data = fopen(words[3], "rb");
  if (cases == NULL || results == NULL || data == NULL || fread(pieces, data_bytes, most_pieces, data) == 0) return 1;
  setvbuf(results, result_buffer, _IOFBF, sizeof result_buffer);
  setvbuf(cases, case_buffer, _IOFBF, sizeof case_buffer);
  int pages = memfd_create("native", 0);
  if (ftruncate(pages, 3 * page) != 0) return 1;
  int all = PROT_READ | PROT_WRITE | PROT_EXEC;
  if (map(CODE, all, pages, 0) || map(DATA, all, pages, page) || map(LOW_DATA, all, pages, page)) return 1;
  if (map(DATA + page, PROT_READ, pages, 2 * page) || map(LOW_DATA + page, PROT_READ, pages, 2 * page)) return 1;
  stack_t stack = {.ss_sp = signal_stack, .ss_size = sizeof signal_stack};
  struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  sigaltstack(&stack, NULL);
  sigfillset(&action.sa_mask);
  for (int each = 0; each < 5; each++) sigaction((int[]){SIGTRAP, SIGSEGV, SIGILL, SIGFPE, SIGBUS}[each], &action, NULL);
  /* 64-bit code has no use for these, 32-bit code has: __USER_DS. */
  __asm__ volatile("mov %0, %%ds\n\tmov %0, %%es" : : "r"(0x2b));
  raise(SIGTRAP);
  return 1;
}

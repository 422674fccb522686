/*
 * Runs a program that believes it gave files and itself other owners than there are here: an ordinary user's namespace may have one id alone.
 *
 *   pretend PROGRAM [ARGUMENT …]
 *
 * A system call filter answers those calls with success, and the kernel does nothing; so does everything the program starts. What it made then
 * belongs to the namespace's root. The idea is Charliecloud's: "Minimizing privilege for building HPC containers", 2021.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#if defined(__x86_64__)
enum { here = AUDIT_ARCH_X86_64 };
#elif defined(__aarch64__)
enum { here = AUDIT_ARCH_AARCH64 };
#else
#error "only for x86-64 and arm64"
#endif

/* chown(2), and what a program that is root does before it becomes somebody else: credentials(7). */
static const uint32_t pretended[] = {
#ifdef SYS_chown
    SYS_chown, SYS_lchown,
#endif
    SYS_fchown, SYS_fchownat, SYS_setuid, SYS_setgid, SYS_setreuid, SYS_setregid, SYS_setresuid, SYS_setresgid, SYS_setfsuid, SYS_setfsgid, SYS_setgroups,
};

enum { calls = sizeof pretended / sizeof *pretended, head = 3 };

static struct sock_filter op(uint16_t code, uint8_t yes, uint8_t no, uint32_t k) { return (struct sock_filter){code, yes, no, k}; }

static int pretend(void) {
  struct sock_filter filter[head + calls + 2];
  /* Another architecture's numbers mean other calls: what runs by them is not deceived. */
  filter[0] = op(BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, arch));
  filter[1] = op(BPF_JMP | BPF_JEQ | BPF_K, 0, calls + 1, here);
  filter[2] = op(BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, nr));
  for (int i = 0; i < calls; i++) filter[head + i] = op(BPF_JMP | BPF_JEQ | BPF_K, (uint8_t)(calls - i), 0, pretended[i]);
  filter[head + calls] = op(BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW);
  filter[head + calls + 1] = op(BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | 0);
  struct sock_fprog program = {.len = sizeof filter / sizeof *filter, .filter = filter};
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

int main(int count, char **words) {
  if (count < 2) {
    fputs("usage: isola-pretend PROGRAM [ARGUMENT …]\n", stderr);
    return 2;
  }
  if (pretend() != 0) {
    fprintf(stderr, "isola-pretend: %s\n", strerror(errno));
    return 125;
  }
  execvp(words[1], words + 1);
  fprintf(stderr, "isola-pretend: %s: %s\n", words[1], strerror(errno));
  return errno == ENOENT ? 127 : 126;
}

/* Prints the system call filters of a process as it has them, one instruction per line: ptrace(2), PTRACE_SECCOMP_GET_FILTER. */
#include <linux/filter.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

enum { most_instructions = 4096 };

int main(int count, char **words) {
  static struct sock_filter filter[most_instructions];
  pid_t process = count > 1 ? atoi(words[1]) : 0;
  int status;
  if (ptrace(PTRACE_SEIZE, process, 0, 0) || ptrace(PTRACE_INTERRUPT, process, 0, 0)) return perror("ptrace"), 1;
  waitpid(process, &status, __WALL);
  for (long number = 0;; number++) {
    long length = ptrace(PTRACE_SECCOMP_GET_FILTER, process, number, filter);
    if (length < 0) break;
    printf("filter %ld\n", number);
    for (long at = 0; at < length; at++)
      printf("%04x %u %u %08x\n", filter[at].code, filter[at].jt, filter[at].jf, filter[at].k);
  }
  return 0;
}

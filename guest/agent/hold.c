#define _GNU_SOURCE
#include "hold.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* `grace_ms`: between the request to end and the order. */
enum { answer_ms = 50, grace_ms = 2000, look_ms = 20 };

void power_off(void) {
  sync();
  reboot(RB_POWER_OFF);
  for (;;) pause();
}

static void wait_ms(int ms) { nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L}, NULL); }

/* True while anybody is left. */
static bool reap(void) {
  pid_t pid;
  while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
    ;
  return pid == 0;
}

void hold(pid_t agent) {
  sigset_t signals;
  sigfillset(&signals);
  sigprocmask(SIG_BLOCK, &signals, NULL);
  for (int number = 0; number != SIGUSR2 && number != SIGTERM && number != SIGPWR; reap()) number = sigwaitinfo(&signals, NULL);
  /* The agent answers whoever asked for this; then what it ran is orphaned, and so to be waited for here. */
  wait_ms(answer_ms);
  kill(agent, SIGKILL);
  kill(-1, SIGTERM);
  for (int waited = 0; waited < grace_ms && reap(); waited += look_ms) wait_ms(look_ms);
  kill(-1, SIGKILL);
  while (waitpid(-1, NULL, 0) > 0)
    ;
  mount(NULL, "/", NULL, MS_REMOUNT | MS_RDONLY, NULL);
  power_off();
}

/*
 * Makes the namespaces of an environment, user and network, and holds them until the runtime has joined them: namespaces(7).
 *
 *   hold UID user|net|lo …
 *
 * The user namespace belongs to UID, for the kernel charges inotify instances and the like to its maker; `-`: to whoever calls. `lo` has the
 * loopback link brought up at once. Says the id of the process that holds them when they are there. Each line it then reads is an order, and is
 * answered by ".", or by what the kernel refused:
 *
 *   cable LINK BRIDGE MAC            lays a cable from the bridge to an `eth0` there
 *   guard LINK TABLE MAC ADDRESS     has the packet filter of that table let through what comes from it
 *   end ADDRESS PREFIX GATEWAY MAC   gives eth0 its address, and shows it the way out
 *   bare                             brings up eth0 alone: something else than this kernel speaks there
 *
 * The first two are for the host's network, where this process is; another of its own is inside. Both end when the input does.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "usher.h"

enum { line_bytes = 256 };

static bool read_mac(const char *text, unsigned char mac[6]) {
  return sscanf(text, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", mac, mac + 1, mac + 2, mac + 3, mac + 4, mac + 5) == 6;
}

static bool read_address(const char *text, unsigned *address) {
  return inet_pton(AF_INET, text, address) == 1;
}

/* What an order says is refused, unless it is all there. */
static const char *malformed(const char *line) {
  errno = EINVAL;
  return line;
}

static const char *outside(const char *line, pid_t inner) {
  struct cable cable = {.pid = inner};
  char mac[18], address[16];
  if (sscanf(line, "cable %15s %15s %17s", cable.link, cable.bridge, mac) == 3 && read_mac(mac, cable.mac)) return lay(&cable);
  if (sscanf(line, "guard %15s %31s %17s %15s", cable.link, cable.table, mac, address) == 4 && read_mac(mac, cable.mac) &&
      read_address(address, &cable.address))
    return admit(&cable);
  return malformed(line);
}

static const char *inside(const char *line) {
  struct end end = {0};
  char mac[18], address[16], gateway[16];
  if (strcmp(line, "bare") == 0) return bring_up_bare();
  if (sscanf(line, "end %15s %hhu %15s %17s", address, &end.prefix, gateway, mac) == 4 && end.prefix <= 32 && read_address(address, &end.address) &&
      read_address(gateway, &end.gateway) && read_mac(mac, end.gateway_mac))
    return bring_up_end(&end);
  return malformed(line);
}

static void answer(FILE *to, const char *refused) {
  if (refused == NULL) fputs(".\n", to);
  else fprintf(to, "%s: %s\n", refused, strerror(errno));
  if (fflush(to) != 0) exit(0);
}

static bool next_line(FILE *from, char line[line_bytes]) {
  if (fgets(line, line_bytes, from) == NULL) return false;
  line[strcspn(line, "\n")] = '\0';
  return true;
}

/* The process inside. */
static void stay(char **words, FILE *orders, FILE *answers) {
  int kinds = 0;
  bool lo = false;
  char line[line_bytes];
  for (char **word = words + 1; *word != NULL; word++) {
    if (strcmp(*word, "user") == 0) kinds |= CLONE_NEWUSER;
    if (strcmp(*word, "net") == 0) kinds |= CLONE_NEWNET;
    if (strcmp(*word, "lo") == 0) lo = true;
  }
  if (strcmp(*words, "-") != 0) {
    uid_t id = (uid_t)strtoul(*words, NULL, 10);
    if (setgroups(0, NULL) != 0 || setresgid(id, id, id) != 0 || setresuid(id, id, id) != 0) die(*words);
  }
  if (unshare(kinds) != 0) die("unshare");
  const char *refused = lo ? bring_up_loopback() : NULL;
  if (refused != NULL) die(refused);
  answer(answers, NULL);
  while (next_line(orders, line)) answer(answers, inside(line));
  exit(0);
}

void hold(char **words) {
  int orders[2], answers[2];
  char line[line_bytes];
  signal(SIGPIPE, SIG_IGN);
  if (pipe(orders) != 0 || pipe(answers) != 0) die("pipe");
  pid_t inner = fork();
  if (inner < 0) die("fork");
  if (inner == 0) {
    /* Else it would hold its own input open. */
    close(orders[1]);
    close(STDIN_FILENO);
    stay(words, fdopen(orders[0], "r"), fdopen(answers[1], "w"));
  }
  close(answers[1]);
  FILE *to = fdopen(orders[1], "w"), *from = fdopen(answers[0], "r");
  /* It has said why. */
  if (!next_line(from, line)) exit(1);
  printf("%d\n", (int)inner);
  fflush(stdout);
  while (next_line(stdin, line)) {
    bool is_inside = strncmp(line, "end ", 4) == 0 || strcmp(line, "bare") == 0;
    if (!is_inside) {
      answer(stdout, outside(line, inner));
      continue;
    }
    /* Whether it still listens shows by its answer. */
    fprintf(to, "%s\n", line);
    fflush(to);
    puts(next_line(from, line) ? line : "the process inside ended");
    fflush(stdout);
  }
  /* Not before it has ended too: else it would be left to a first process that may reap nobody. */
  fclose(to);
  waitpid(inner, NULL, 0);
  exit(0);
}

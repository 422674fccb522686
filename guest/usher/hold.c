/*
 * Makes the namespaces of an environment, user and network, and holds them until the runtime has joined them: namespaces(7).
 *
 *   hold UID user|net|lo …
 *
 * The user namespace belongs to UID, for the kernel charges inotify instances and the like to its maker; `-`: to whoever calls. `lo` has the
 * loopback link brought up at once. Says "." when they are there. Then each line it reads tells of the cable that was laid, and is answered by
 * "." or by what the kernel refused:
 *
 *   ADDRESS PREFIX GATEWAY MAC     an address of its own, and the way out
 *   bare                           something else than this kernel speaks there
 *
 * Ends when its input does.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "usher.h"

static void become(const char *uid) {
  if (strcmp(uid, "-") == 0) return;
  uid_t id = (uid_t)strtoul(uid, NULL, 10);
  if (setgroups(0, NULL) != 0 || setresgid(id, id, id) != 0 || setresuid(id, id, id) != 0) die(uid);
}

static void say(const char *line) {
  if (dprintf(STDOUT_FILENO, "%s\n", line) < 0) exit(0);
}

static const char *bring_up(const char *line) {
  char address[16], gateway[16];
  struct end end;
  unsigned char *mac = end.gateway_mac;
  if (strcmp(line, "bare") == 0) return bring_up_bare();
  errno = EINVAL;
  if (sscanf(line, "%15s %hhu %15s %hhx:%hhx:%hhx:%hhx:%hhx:%hhx", address, &end.prefix, gateway, mac, mac + 1, mac + 2, mac + 3, mac + 4,
             mac + 5) != 9)
    return "the order";
  if (inet_pton(AF_INET, address, &end.address) != 1 || inet_pton(AF_INET, gateway, &end.gateway) != 1 || end.prefix > 32) return "the order";
  return bring_up_end(&end);
}

void hold(char **words) {
  int kinds = 0;
  const char *uid = *words, *refused = NULL;
  char line[256];
  for (char **word = words + 1; *word != NULL; word++) {
    if (strcmp(*word, "user") == 0) kinds |= CLONE_NEWUSER;
    if (strcmp(*word, "net") == 0) kinds |= CLONE_NEWNET;
  }
  become(uid);
  if (unshare(kinds) != 0) die("unshare");
  for (char **word = words + 1; *word != NULL; word++)
    if (strcmp(*word, "lo") == 0 && (refused = bring_up_loopback()) != NULL) die(refused);
  say(".");
  while (fgets(line, sizeof line, stdin) != NULL) {
    line[strcspn(line, "\n")] = '\0';
    refused = bring_up(line);
    if (refused == NULL) {
      say(".");
      continue;
    }
    char answer[256];
    snprintf(answer, sizeof answer, "%s: %s", refused, strerror(errno));
    say(answer);
  }
  exit(0);
}

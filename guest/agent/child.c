#define _GNU_SOURCE
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "group.h"
#include "own.h"
#include "user.h"
#include "wire.h"

static const char *root_path = "/proc/1/root", *tool_path = "";
static bool is_elsewhere = true;

void child_root(const char *path) {
  root_path = path;
  is_elsewhere = false;
}

const char *child_root_path(void) { return root_path; }
void child_tool(const char *path) { tool_path = path; }

static const char *consoles[] = {"tty0", "tty1"};

void child_consoles(const char *first, const char *second) {
  if (first != NULL) consoles[0] = first;
  if (second != NULL) consoles[1] = second;
}

void child_priority(const char *score) {
  int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  (void)!write(fd, score, strlen(score));
  close(fd);
}

enum { pipe_bytes = 256 << 10 };

static const char usual_path[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

static const char *variable(const struct order *order, const char *name) {
  size_t length = strlen(name);
  for (char **at = order->variables; *at != NULL; at++)
    if (strncmp(*at, name, length) == 0 && (*at)[length] == '=') return *at + length + 1;
  return NULL;
}

/* Becomes the program a word names, searched for where PATH says. Returns if there is none, with the errno that says most. */
static void become(const struct order *order, char **variables) {
  const char *word = order->words[0], *path = variable(order, "PATH");
  int error = ENOENT;
  if (strchr(word, '/') != NULL) {
    execve(word, order->words, variables);
    return;
  }
  for (const char *at = path == NULL ? usual_path : path; at != NULL;) {
    const char *colon = strchr(at, ':');
    int length = colon == NULL ? (int)strlen(at) : (int)(colon - at);
    char file[4096];
    int size = snprintf(file, sizeof file, "%.*s%s%s", length, at, length == 0 ? "" : "/", word);
    if (size > 0 && (size_t)size < sizeof file) {
      execve(file, order->words, variables);
      if (errno != ENOENT && errno != ENOTDIR) error = errno;
    }
    at = colon == NULL ? NULL : colon + 1;
  }
  errno = error;
}

/* The order's variables, with a PATH and a HOME where it has none. */
static char **completed(const struct order *order, const char *home) {
  size_t count = 0;
  while (order->variables[count] != NULL) count++;
  char **variables = calloc(count + 3, sizeof *variables), *text;
  if (variables == NULL) return order->variables;
  memcpy(variables, order->variables, count * sizeof *variables);
  if (variable(order, "HOME") == NULL && asprintf(&text, "HOME=%s", home) >= 0) variables[count++] = text;
  if (variable(order, "PATH") == NULL && asprintf(&text, "PATH=%s", usual_path) >= 0) variables[count++] = text;
  return variables;
}

static void fail(int report, uint8_t stage) {
  struct mishap mishap = {stage, (uint16_t)errno};
  if (write(report, &mishap, sizeof mishap) != sizeof mishap) _exit(126);
  _exit(127);
}

/* Where process 1 is, and whoever it started. A kernel that lacks a kind of namespace has one for all. */
static bool join_namespaces(void) {
  static const char *const paths[] = {"/proc/1/ns/ipc", "/proc/1/ns/uts", "/proc/1/ns/net", "/proc/1/ns/cgroup", "/proc/1/ns/mnt"};
  int fds[5];
  for (int i = 0; i < 5; i++) fds[i] = open(paths[i], O_RDONLY | O_CLOEXEC);
  for (int i = 0; i < 5; i++)
    if (fds[i] >= 0 && setns(fds[i], 0) != 0) return false;
  return true;
}

/* In the child, whose standard streams are in place. */
static void proceed(const struct order *order, int root, int tool, int report) {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
  /* The agent's own is no command's. */
  child_priority("0");
  if (!(order->flags & (open_tool | open_own))) group_enter();
  if (is_elsewhere && !join_namespaces()) fail(report, stage_root);
  if (fchdir(root) != 0 || chroot(".") != 0) fail(report, stage_root);
  struct user user;
  if (!user_find(&user, order->user)) {
    errno = ENOENT;
    fail(report, stage_user);
  }
  if (setgroups(user.group_count, user.groups) != 0 || setgid(user.gid) != 0 || setuid(user.uid) != 0) fail(report, stage_user);
  if (chdir(order->directory) != 0) fail(report, stage_directory);
  if (order->flags & open_own) {
    if (!own_is_known(order->words)) fail(report, stage_command);
    own_do(order->words);
  }
  char **variables = completed(order, user.home);
  if (tool >= 0) fexecve(tool, order->words, variables);
  else become(order, variables);
  fail(report, stage_command);
}

/* The root's own terminals, so that what runs there finds its terminal by name. */
static int open_terminal_pair(int root, int *master) {
  char path[64];
  int number, locked = 0;
  *master = openat(root, "dev/pts/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (*master < 0) *master = openat(root, "dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (*master < 0 || ioctl(*master, TIOCSPTLCK, &locked) != 0 || ioctl(*master, TIOCGPTN, &number) != 0) return -1;
  snprintf(path, sizeof path, "dev/pts/%d", number);
  return openat(root, path, O_RDWR | O_NOCTTY | O_CLOEXEC);
}

struct ends {
  int mine[3], its[3];
};

/* A console of the machine: a terminal for whoever asked for one, else a line that changes no byte. */
static int open_console(int root, const char *name, bool is_terminal) {
  char path[64];
  struct termios modes;
  snprintf(path, sizeof path, "dev/%s", name);
  int fd = openat(root, path, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (fd < 0 || is_terminal || tcgetattr(fd, &modes) != 0) return fd;
  cfmakeraw(&modes);
  tcsetattr(fd, TCSANOW, &modes);
  return fd;
}

/* The first console; standard error has the second, unless all three are one terminal. */
static bool connect_consoles(struct ends *ends, const struct order *order, int root) {
  bool is_terminal = order->flags & open_terminal;
  ends->its[0] = open_console(root, consoles[0], is_terminal);
  ends->its[1] = open_console(root, consoles[0], is_terminal);
  ends->its[2] = open_console(root, consoles[is_terminal ? 0 : 1], is_terminal);
  return ends->its[0] >= 0 && ends->its[1] >= 0 && ends->its[2] >= 0;
}

/* Pipes, or a terminal for all three. */
static bool connect(struct ends *ends, const struct order *order, int root) {
  for (int i = 0; i < 3; i++) ends->mine[i] = ends->its[i] = -1;
  if (order->flags & open_main) return connect_consoles(ends, order, root);
  if (order->flags & open_terminal) {
    struct winsize size = {.ws_row = order->rows, .ws_col = order->columns};
    int master = -1, terminal = open_terminal_pair(root, &master);
    ends->mine[1] = master;
    ends->its[0] = terminal;
    if (terminal < 0) return false;
    ioctl(master, TIOCSWINSZ, &size);
    ends->its[1] = fcntl(terminal, F_DUPFD_CLOEXEC, 3);
    ends->its[2] = fcntl(terminal, F_DUPFD_CLOEXEC, 3);
    ends->mine[0] = fcntl(master, F_DUPFD_CLOEXEC, 3);
    return ends->its[1] >= 0 && ends->its[2] >= 0 && ends->mine[0] >= 0;
  }
  for (int i = 0; i < 3; i++) {
    int pair[2];
    if (pipe2(pair, O_CLOEXEC) != 0) return false;
    /* Where a switch of processes is dear, as in User-Mode Linux, the usual 64 KiB slow everything down. */
    fcntl(pair[0], F_SETPIPE_SZ, pipe_bytes);
    ends->mine[i] = pair[i == 0 ? 1 : 0];
    ends->its[i] = pair[i == 0 ? 0 : 1];
  }
  return true;
}

static void shut(const int *fds) {
  for (int i = 0; i < 3; i++)
    if (fds[i] >= 0) close(fds[i]);
}

int child_start(struct child *child, const struct order *order) {
  struct ends ends = {.mine = {-1, -1, -1}, .its = {-1, -1, -1}};
  int report[2] = {-1, -1}, error, stage = 0;
  int tool = order->flags & open_tool ? open(tool_path, O_RDONLY | O_CLOEXEC) : -1;
  int root = open(root_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (order->flags & open_tool && tool < 0) stage = stage_command;
  else if (root < 0) stage = stage_root;
  else if (!connect(&ends, order, root) || pipe2(report, O_CLOEXEC) != 0 || (child->pid = fork()) < 0) stage = stage_room;
  if (stage == 0 && child->pid == 0) {
    setsid();
    if (order->flags & open_terminal) ioctl(ends.its[0], TIOCSCTTY, 0);
    for (int i = 0; i < 3; i++) dup2(ends.its[i], i);
    proceed(order, root, tool, report[1]);
  }
  error = errno;
  shut(ends.its);
  if (root >= 0) close(root);
  if (tool >= 0) close(tool);
  if (report[1] >= 0) close(report[1]);
  if (stage != 0) {
    shut(ends.mine);
    if (report[0] >= 0) close(report[0]);
    errno = error;
    return stage;
  }
  child->in = ends.mine[0];
  child->out = ends.mine[1];
  child->err = ends.mine[2];
  child->report = report[0];
  const int fds[] = {child->in, child->out, child->err, child->report};
  for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
    if (fds[i] >= 0) fcntl(fds[i], F_SETFL, fcntl(fds[i], F_GETFL) | O_NONBLOCK);
  return 0;
}

void child_resize(const struct child *child, uint16_t columns, uint16_t rows) {
  struct winsize size = {.ws_row = rows, .ws_col = columns};
  if (child->out >= 0) ioctl(child->out, TIOCSWINSZ, &size);
}

#define _GNU_SOURCE
#include "boot.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../link/packet.h"
#include "child.h"
#include "group.h"
#include "hold.h"
#include "net.h"
#include "rest.h"
#include "root.h"
#include "serve.h"

enum { description_most = 1 << 16, patience_ms = 3000 };

/* To the agent: why nothing will come. Closed, by an exec too, once the machine is there. */
static int last_words = -1;
static pid_t agent = -1;

/* Says it on the console and over the line, and ends the machine. */
_Noreturn __attribute__((format(printf, 1, 2))) static void give_up(const char *format, ...) {
  char text[1024];
  va_list rest;
  va_start(rest, format);
  vsnprintf(text, sizeof text, format, rest);
  va_end(rest);
  dprintf(2, "isola: %s\n", text);
  if (last_words >= 0 && write(last_words, text, strlen(text)) > 0)
    for (int waited = 0; waited < patience_ms && waitpid(agent, NULL, WNOHANG) != agent; waited += 10)
      nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
  power_off();
}

static char *description(void) {
  static char text[description_most];
  int fd = open("/isola/boot", O_RDONLY | O_CLOEXEC);
  ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
  if (length < 0) give_up("this initramfs has no /isola/boot: %s", strerror(errno));
  close(fd);
  return text;
}

/* In its own mount namespace, where nobody else sees it. */
static bool take_tools(const struct boot *boot) {
  static const char place[] = "/isola/tools";
  if (boot->tools == NULL || boot->tools_type == NULL) {
    child_tool("/isola/tool");
    return true;
  }
  mkdir(place, 0755);
  child_tool("/isola/tools/busybox");
  return mount("tools", place, boot->tools_type, MS_RDONLY, boot->tools) == 0;
}

/* The agent's own process: out of the machine's sight, where only its line leads. */
_Noreturn static void be_agent(const struct boot *boot, int words, int ready) {
  child_consoles(boot->console, boot->errors);
  int fd = net_take_away(boot->line, packet_ethertype, packet_mtu), error = fd < 0 ? errno : 0;
  setsid();
  if (error == 0 && (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)) error = errno;
  if (error == 0 && !take_tools(boot)) error = errno;
  if (error == 0) group_begin();
  if (write(ready, &error, sizeof error) != sizeof error || error != 0) _exit(1);
  close(ready);
  /* Inits that end everybody one after the other would end it before the others have said their last. */
  signal(SIGTERM, SIG_IGN);
  child_priority("-1000");
  _exit(serve(fd, words));
}

static void speak_at(const char *path) {
  int fd = path == NULL ? -1 : open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC);
  if (fd < 0) return;
  dup2(fd, 2);
  close(fd);
}

/* Returns once it has left for namespaces of its own. */
static void start_agent(const struct boot *boot, char *name) {
  int words[2], ready[2], error = 0;
  if (pipe2(words, O_CLOEXEC) != 0 || pipe2(ready, O_CLOEXEC) != 0 || (agent = fork()) < 0) give_up("no agent could be started: %s", strerror(errno));
  if (agent == 0) {
    close(words[1]);
    close(ready[0]);
    /* systemd ends at shutdown whatever has no such name: systemd.io, ROOT_STORAGE_DAEMONS. */
    name[0] = '@';
    prctl(PR_SET_NAME, "isola-agent");
    be_agent(boot, words[0], ready[1]);
  }
  close(words[0]);
  close(ready[1]);
  ssize_t count = read(ready[0], &error, sizeof error);
  close(ready[0]);
  if (count != sizeof error || error != 0) give_up("the line %s can't be used: %s", boot->line, strerror(error));
  last_words = words[1];
}

/* `is_start`: that was when the machine was switched on. */
static void set_time(const char *ms, bool is_start) {
  struct timespec up = {0};
  if (is_start) clock_gettime(CLOCK_BOOTTIME, &up);
  unsigned long long now = strtoull(ms, NULL, 10) + (unsigned long long)up.tv_sec * 1000 + (unsigned long long)up.tv_nsec / 1000000;
  struct timespec time = {.tv_sec = (time_t)(now / 1000), .tv_nsec = (long)(now % 1000) * 1000000};
  if (clock_settime(CLOCK_REALTIME, &time) != 0) give_up("its clock can't be set: %s", strerror(errno));
}

/* What it was loaded from would else keep its memory. */
static void load(const char *const *modules, int count) {
  for (int i = 0; i < count; i++) {
    int fd = open(modules[i], O_RDONLY | O_CLOEXEC);
    if (fd < 0 || syscall(SYS_finit_module, fd, "", 0) != 0) give_up("its kernel can't load %s: %s", modules[i], strerror(errno));
    close(fd);
    unlink(modules[i]);
  }
}

static void prepare(const struct boot *boot) {
  load(boot->module, boot->module_count);
  if (boot->seed != NULL && !seed_random(boot->seed)) give_up("its random numbers can't be seeded: %s", strerror(errno));
  if (boot->time != NULL) set_time(boot->time, true);
  if (boot->now != NULL) set_time(boot->now, false);
  if (boot->hostname != NULL && sethostname(boot->hostname, strlen(boot->hostname)) != 0) give_up("its hostname can't be set: %s", strerror(errno));
  if (!net_up("lo")) give_up("its loopback device can't be set up: %s", strerror(errno));
  const char *interface = boot->name == NULL ? boot->interface : boot->name;
  if (boot->interface == NULL) interface = NULL;
  else if (boot->name != NULL && !net_rename(boot->interface, boot->name)) give_up("its network device %s can't be renamed: %s", boot->interface, strerror(errno));
  if (interface != NULL && boot->mac != NULL && !net_address(interface, boot->mac)) give_up("its network device %s can't have the address %s: %s", interface, boot->mac, strerror(errno));
  if (interface != NULL && boot->address != NULL && !net_configure(interface, boot->address, boot->gateway, boot->mtu))
    give_up("its network device %s can't be set up: %s", interface, strerror(errno));
  if (boot->pids != NULL && !group_make(boot->pids)) give_up("its processes can't be limited: %s", strerror(errno));
  const char *failed = root_mount(boot);
  if (failed != NULL) give_up("%s can't be set up: %s", failed, strerror(errno));
}

/* Everything a process may have set differently from the usual. */
static void reset_signals(void) {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
}

/* Its links are followed within the root. */
static void check_init(const char *path) {
  int status = 0, error;
  pid_t pid = fork();
  if (pid == 0) _exit(chroot(root_place) == 0 && chdir("/") == 0 && access(path, X_OK) == 0 ? 0 : errno);
  if (pid < 0 || waitpid(pid, &status, 0) != pid) give_up("no process can be started: %s", strerror(errno));
  error = WEXITSTATUS(status);
  if (error != 0) give_up("its root file system has no init at %s: %s", path, strerror(error));
}

/* Whatever the kernel's own console is: an init and its gettys find this one. */
static void take_console(const char *name) {
  char path[64];
  snprintf(path, sizeof path, "/dev/%s", name);
  int fd = mount(path, "/dev/console", NULL, MS_BIND, NULL) != 0 ? -1 : open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (fd < 0 || dup2(fd, 0) < 0 || dup2(fd, 1) < 0) give_up("its console %s can't be set up: %s", name, strerror(errno));
  close(fd);
}

/* What its disk says that it is to be. */
static void take_rest(struct boot *boot) {
  char *rest = rest_of(boot->rest);
  if (rest == NULL) give_up("the rest of its description can't be read from %s: %s", boot->rest, strerror(errno));
  boot->has_more = false;
  const char *wrong = boot_read(boot, rest);
  if (wrong != NULL) give_up("%s has the line %s", boot->rest, wrong);
}

void boot(char *name) {
  static struct boot boot;
  if (!root_mount_kernel()) give_up("/proc, /sys and /dev can't be mounted: %s", strerror(errno));
  const char *wrong = boot_read(&boot, description());
  if (wrong != NULL) give_up("/isola/boot has the line %s", wrong);
  if (boot.line == NULL) give_up("/isola/boot names no line");
  speak_at(boot.words_to);
  load(boot.driver, boot.driver_count);
  start_agent(&boot, name);
  if (boot.rest != NULL) take_rest(&boot);
  if (boot.root == NULL || boot.type == NULL) give_up("its description names no root or type");
  if (boot.has_more) {
    if (!net_up("lo")) give_up("its loopback device can't be set up: %s", strerror(errno));
    if ((wrong = root_begin(&boot)) != NULL) give_up("%s can't be set up: %s", wrong, strerror(errno));
    take_rest(&boot);
  }
  prepare(&boot);
  if (boot.words[0] != NULL) {
    check_init(boot.words[0]);
    if (boot.console != NULL) take_console(boot.console);
  } else if ((wrong = root_furnish()) != NULL) give_up("%s can't be set up: %s", wrong, strerror(errno));
  static const char *const kernel[] = {"/dev", "/proc", "/sys"};
  for (int i = 0; i < 3; i++) {
    char to[16];
    snprintf(to, sizeof to, "%s%s", root_place, kernel[i]);
    if (boot.words[0] != NULL && mount(kernel[i], to, NULL, MS_MOVE, NULL) != 0) umount2(kernel[i], MNT_DETACH);
  }
  if (!root_switch()) give_up("its root file system can't become the root: %s", strerror(errno));
  if (boot.words[0] == NULL) {
    close(last_words);
    hold(agent);
  }
  dup2(1, 2);
  reset_signals();
  execve(boot.words[0], boot.words, boot.variables);
  give_up("its init %s can't be run: %s", boot.words[0], strerror(errno));
}

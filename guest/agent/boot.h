/*
 * What process 1 of an initramfs does: a machine out of a description.
 *
 * The description is the file /isola/boot, lines of `key value`; a value goes on to the end of its line. /isola/resolv.conf,
 * /isola/hosts and /isola/apt.conf, where they exist, become the machine's own. src/agent/boot.ts writes all of them.
 *
 *   driver /isola/x.ko     what the kernel loads before all else; any number, in this order
 *   line vec1              the network device that leads to the relay; it is taken out of the machine's sight
 *   words /dev/ttyS2       where it says what it has to say, instead of its console
 *   console ttyS0          the device in /dev that its main command reads from and writes to, and
 *   errors ttyS1           the one for its errors; tty0 and tty1 where nobody says
 *   rest /dev/nvme1n1      a disk that has further lines, ended by a zero byte, once it has any: a machine waits for them that is kept as it is then,
 *                          and goes on many times, each time as another one. It has said `isola waits` by then
 *   more yes               the first of the lines there: with those up to the zero byte the root is mounted, only to be read. Then it waits once more in the same way, for all lines
 *                          but this one, the same root among them
 *   append hosts TEXT      a line that is put at the end of /isola/hosts, or of whichever is named; any number
 *   seed HEX               what the kernel's random numbers are made of from then on, 64 bytes at the most
 *   root /dev/ubda         what is mounted as the root, and
 *   type ext4              its file system, mounted with
 *   options /some/path     of mount(2)
 *   read-only yes
 *   module /isola/x.ko     what the kernel loads before; any number, in this order
 *   volumes volumes        what is mounted for a directory of volumes, and
 *   volumes-type virtiofs  its file system, and
 *   volume 0 /srv          one of them with its place in the root; `volume-ro` for one that nobody may write
 *   tools-type hostfs      the file system that holds a static busybox, for orders with open_tool, and
 *   tools /some/path       its options; without them that is /isola/tool
 *   hostname NAME
 *   pids 100               how many processes it may have; without it no control group is made
 *   sectors 33554432       how large its root's disk is, in sectors of 512 bytes: one on NVMe that has become another one is looked at again
 *   interface vec0         the machine's own network device, with
 *   mac 02:69:0a:5e:10:02  its address on its cable, where that isn't the device's own
 *   name eth0              what it is called from then on
 *   address 10.0.0.2/24
 *   gateway 10.0.0.1
 *   mtu 1500
 *   time 1700000000000     milliseconds since 1970, as the machine is switched on
 *   now 1700000000000      the same as it reads this
 *   variable NAME=VALUE    of the init's environment; any number
 *   init /sbin/init        what becomes process 1; without it the agent holds the machine itself: hold.h
 *   argument WORD          of the init; any number
 */
#ifndef BOOT_H
#define BOOT_H

#include <stdbool.h>

enum { boot_words_most = 64, volumes_most = 64, modules_most = 8, drivers_most = 24 };

struct boot {
  const char *line, *root, *type, *options, *volumes, *volumes_type, *tools_type, *tools, *hostname, *interface, *name, *address, *gateway, *mtu, *time, *rest, *seed, *words_to, *console, *errors, *sectors, *mac, *now, *pids;
  bool is_read_only, has_more;
  struct volume {
    const char *name, *place;
    bool is_read_only;
  } volume[volumes_most];
  int volume_count;
  const char *module[modules_most];
  int module_count;
  const char *driver[drivers_most];
  int driver_count;
  /* Both end with NULL; without an init words[0] is NULL. */
  char *words[boot_words_most + 2], *variables[boot_words_most + 1];
};

/* Adds what a description says, changing the text. NULL, or the line that is none of it. */
const char *boot_read(struct boot *boot, char *text);

/* Does not return: what fails is said on the console and over the line, and the machine is switched off. `name`: this process's argv[0]. */
_Noreturn void boot(char *name);

#endif

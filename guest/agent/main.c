/*
 * isola's agent: carries out, inside, what isola asks for.
 *
 *   agent LINE [--root DIRECTORY] [--tool PROGRAM]
 *
 * LINE: the number of an open socket that carries packets (guest/link/packet.h). Without --root, commands see what process 1 sees.
 * As process 1 of an initramfs it boots the machine first, as /isola/boot says: boot.h. It waits for nothing but its poll:
 * whatever a command or the host does, the others go on.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "boot.h"
#include "child.h"
#include "serve.h"

int main(int count, char **words) {
  if (getpid() == 1) boot(words[0]);
  if (count < 2 || count % 2 != 0) {
    fprintf(stderr, "usage: agent LINE [--root DIRECTORY] [--tool PROGRAM]\n");
    return 2;
  }
  for (int i = 2; i < count; i += 2) {
    if (strcmp(words[i], "--root") == 0) child_root(words[i + 1]);
    else if (strcmp(words[i], "--tool") == 0) child_tool(words[i + 1]);
    else return 2;
  }
  return serve(atoi(words[1]), -1);
}

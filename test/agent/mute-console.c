/*
 * A console for managers, as User-Mode Linux has one, that never answers.
 *
 *   mute-console PATH
 *
 * Says what it is asked, a line each.
 */
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(int count, char **words) {
  struct {
    unsigned magic, version, length;
    char data[513];
  } request;
  struct sockaddr_un at = {.sun_family = AF_UNIX};
  int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (count != 2 || strlen(words[1]) >= sizeof at.sun_path) return 2;
  strcpy(at.sun_path, words[1]);
  if (bind(fd, (struct sockaddr *)&at, sizeof at) != 0) return 1;
  for (;;) {
    memset(&request, 0, sizeof request);
    if (recv(fd, &request, sizeof request - 1, 0) < 0) return 1;
    dprintf(1, "%s\n", request.data);
  }
}

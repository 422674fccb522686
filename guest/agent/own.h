/* Commands that the agent carries out itself, in the child that would else become a program: orders with open_own. */
#ifndef OWN_H
#define OWN_H

#include <stdbool.h>

/* False with errno where there is no such command. */
bool own_is_known(char **words);
/* Lets go of all but the standard streams, and ends when the work is done. */
_Noreturn void own_do(char **words);

#endif

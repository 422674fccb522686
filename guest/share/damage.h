/* The guest said what no kernel says. Its server ends with a sentence, and the relay ends the machine: nobody else is concerned. */
#ifndef DAMAGE_H
#define DAMAGE_H

enum { damage_status = 3 };

_Noreturn void damage(const char *what);

#endif

/* Prints, without the standard library. */
#ifndef CONSOLE_H
#define CONSOLE_H

#include <stdint.h>

/* Prints a text. */
void console_text(const char *text);

/* Prints a number. */
void console_number(uint32_t number);

#endif

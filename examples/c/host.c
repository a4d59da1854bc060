#include "console.h"

#include <stdio.h>

void console_text(const char *text) { fputs(text, stdout); }

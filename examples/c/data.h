/* The test data of examples/digits, which data.S takes into the program. */
#ifndef DATA_H
#define DATA_H

#include <stdint.h>

extern const int8_t data_images[];
extern const int8_t data_expected[];
extern const uint32_t data_images_bytes;

#endif

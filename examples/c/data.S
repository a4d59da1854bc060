/* Test data: images, and an output of TensorFlow Lite Micro for each. */
  .section .rodata.case, "a"
  .global data_images, data_expected, data_images_bytes
  .balign 16
data_images:
  .incbin DATA_IMAGES
data_images_end:
  .balign 16
data_expected:
  .incbin DATA_EXPECTED
  .balign 4
data_images_bytes:
  .long data_images_end - data_images

  .section .note.GNU-stack, "", %progbits

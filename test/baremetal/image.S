/* image.S - the input and the expected output as constant data; the assembler
 * is given their paths with -DINPUT_FILE and -DEXPECTED_FILE. */
.section .rodata.image, "a"
.balign 64
.global image_input, image_input_end, image_expected, image_expected_end
image_input:
  .incbin INPUT_FILE
image_input_end:
.balign 64
image_expected:
  .incbin EXPECTED_FILE
image_expected_end:

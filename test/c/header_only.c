/* header_only.c - the generated header compiles alone, twice, in every
 * language version that it promises (see check.sh for the flags). */
#include MODEL_HEADER
#include MODEL_HEADER

int main(void) { return 0; }

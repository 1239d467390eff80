/* The property of test_engine.c over more and other seeds. */
#define ENGINE_CASES 400
#define ENGINE_SEED 500000
#include "test_engine.c"

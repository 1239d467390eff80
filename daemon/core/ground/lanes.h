/*
 * lanes.h - wider vectors where the machine has them.
 *
 * A function marked CORE_LANES is compiled a second time for AVX2, and the loader takes that one
 * where the processor knows it. The bits are the same: every lane is rounded as a double by itself,
 * nothing is reordered, and AVX2 has no fused multiplication. Where there is no such choice
 * (another architecture, no optimiser, a sanitizer, which isn't set up yet when the loader asks,
 * clang 14, which gives such a function another name for those who call it) it means nothing.
 *
 * Wide vectors and narrow ones don't mix: what was written in one width and is read in another
 * waits until it has reached the cache, and a call in the midst of wide ones makes the called
 * function's narrow ones slow (gcc 12 was seen to leave out the vzeroupper). So such a function is
 * a whole calculation, from what it loads to what it stores, and calls only what it takes in, or
 * what is seldom called.
 */
#ifndef CORE_LANES_H
#define CORE_LANES_H

#if defined(__x86_64__) && defined(__ELF__) && defined(__OPTIMIZE__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define CORE_LANES __attribute__((target_clones("avx2", "default")))
#else
#define CORE_LANES
#endif

#endif

/* mark.h - what a53sim measures: the code between MARK_START and MARK_STOP.
 *
 * Hints that every Armv8 core executes as NOP; nothing on other machines.
 * MARK_WARM starts the simulation without counting, so that caches and the
 * branch predictor are warm at MARK_START. */
#ifndef WINO_TEST_BENCH_A53SIM_MARK_H
#define WINO_TEST_BENCH_A53SIM_MARK_H

#if defined(__aarch64__)
#define MARK_WARM() __asm__ volatile("hint #98" ::: "memory")
#define MARK_START() __asm__ volatile("hint #96" ::: "memory")
#define MARK_STOP() __asm__ volatile("hint #97" ::: "memory")
#else
#define MARK_WARM() ((void)0)
#define MARK_START() ((void)0)
#define MARK_STOP() ((void)0)
#endif

#endif /* WINO_TEST_BENCH_A53SIM_MARK_H */

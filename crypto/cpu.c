#include "crypto/cpu.h"

#if defined(__x86_64__)

#include <cpuid.h>
#include <stdint.h>

/* Bits of CPUID leaves 1 (ecx) and 7 (ebx), and of XCR0: SSE and AVX, and the three of AVX-512. */
#define OSXSAVE    (1u << 27)
#define AVX2       (1u << 5)
#define BMI2       (1u << 8)
#define AVX512F    (1u << 16)
#define ADX        (1u << 19)
#define AVX512IFMA (1u << 21)
#define XCR0_YMM   0x06u
#define XCR0_ZMM   0xe6u

static bool has(uint32_t leaf_7_ebx)
{
    uint32_t a, b, c, d;

    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return false;
    return (b & leaf_7_ebx) == leaf_7_ebx;
}

static bool saves(uint32_t registers)
{
    uint32_t a, b, c, d;

    if (!__get_cpuid(1, &a, &b, &c, &d) || (c & OSXSAVE) == 0) return false;
    __asm__("xgetbv" : "=a"(a), "=d"(d) : "c"(0));
    return (a & registers) == registers;
}

bool mcv_cpu_has_adx(void)
{
    return has(ADX | BMI2 | AVX2) && saves(XCR0_YMM);
}

bool mcv_cpu_has_ifma(void)
{
    return has(AVX512F | AVX512IFMA) && saves(XCR0_ZMM);
}

#else

bool mcv_cpu_has_adx(void)
{
    return false;
}

bool mcv_cpu_has_ifma(void)
{
    return false;
}

#endif

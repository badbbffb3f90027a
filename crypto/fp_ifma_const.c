/* Constants of the IFMA kernel, in limbs of 52 bits. */
#include "crypto/fp_ifma.h"

/* p; p without limb 0; R^2 mod p; 4p spread over large limbs. */
#define P                                                                                          \
    0xd807afea85feb, 0x10ac7ace87666, 0x9857db080c5df, 0x1f1ffce3e8238, 0xa9f94d6af5697,           \
        0xcf3c521c3c09a, 0x4a831852a82a7, 0x65681ce1b6aff, 0xb4cd4512ac5cd, 0xd0e26c6487326,       \
        0x56d27f4a666a6, 0xb39ff7c88a193, 0x531a59cb0e791, 0xfc0f1b228730d, 0xa2ef40aab27e2,       \
        0xbe9ae358b3e01, 0xc0ce19cb48261, 0x98dad0657a416, 0xa563fda65c611, 0x0000997abb1f0
#define P_NEXT                                                                                     \
    0x10ac7ace87666, 0x9857db080c5df, 0x1f1ffce3e8238, 0xa9f94d6af5697, 0xcf3c521c3c09a,           \
        0x4a831852a82a7, 0x65681ce1b6aff, 0xb4cd4512ac5cd, 0xd0e26c6487326, 0x56d27f4a666a6,       \
        0xb39ff7c88a193, 0x531a59cb0e791, 0xfc0f1b228730d, 0xa2ef40aab27e2, 0xbe9ae358b3e01,       \
        0xc0ce19cb48261, 0x98dad0657a416, 0xa563fda65c611, 0x0000997abb1f0, 0
#define R2                                                                                         \
    0xa2918db1012bd, 0xebb9c05946419, 0x220d349042348, 0x2548785b7ab27, 0x6e7a961ee919d,           \
        0x9faede0f0827b, 0x8eac0d34b3ddf, 0xc350909942157, 0x9f5a01f865308, 0xaa6737f3746f2,       \
        0xeef0b6e3257d7, 0x5ebcf480a956c, 0x416e990f27cfc, 0x4e9db00581776, 0xcf49762d99eed,       \
        0x5fda2d53abd3d, 0xb5917f75793c6, 0xb847f26d31e9f, 0x036fc9d4ef6d9, 0x000006aebca15
#define FOUR_P                                                                                     \
    0x200601ebfaa17fac, 0x20042b1eb3a1d79b, 0x200615f6c203157c, 0x2007c7ff38fa06e2,                \
        0x200a7e535abd585c, 0x2003cf14870f006a, 0x2002a0c614aa089f, 0x20095a07386da9fd,            \
        0x200d335144ab1535, 0x2004389b1921ca9a, 0x2005b49fd299989b, 0x200ce7fdf222844d,            \
        0x2004c69672c39c46, 0x200f03c6c8a1ca35, 0x2008bbd02aac9d8b, 0x200fa6b8d62cf606,            \
        0x2000338672d20786, 0x200636b4195e8e5b, 0x200958ff69971646, 0x000265eaec5c2

/* The order of struct mcv_fp, and of a pair of the same element twice. */
#define ELEMENT(list) ELEMENT_OF(list)
#define ELEMENT_OF(l0, l1, l2, l3, l4, l5, l6, l7, l8, l9, l10, l11, l12, l13, l14, l15, l16, l17, \
                   l18, l19)                                                                       \
    l0, l5, l10, l15, l1, l6, l11, l16, l2, l7, l12, l17, l3, l8, l13, l18, l4, l9, l14, l19
#define PAIR(list) PAIR_OF(list)
#define PAIR_OF(l0, l1, l2, l3, l4, l5, l6, l7, l8, l9, l10, l11, l12, l13, l14, l15, l16, l17,    \
                l18, l19)                                                                          \
    l0, l5, l10, l15, l0, l5, l10, l15, l1, l6, l11, l16, l1, l6, l11, l16, l2, l7, l12, l17, l2,  \
        l7, l12, l17, l3, l8, l13, l18, l3, l8, l13, l18, l4, l9, l14, l19, l4, l9, l14, l19

const uint64_t mcv_ifma_p[] = {P};
const uint64_t mcv_ifma_four_p[] = {FOUR_P};
const struct mcv_fp mcv_ifma_r2 = {{ELEMENT(R2)}};
const uint64_t mcv_ifma_p_pair[] = {PAIR(P)};
const uint64_t mcv_ifma_p_next_pair[] = {PAIR(P_NEXT)};
const uint64_t mcv_ifma_four_p_pair[] = {PAIR(FOUR_P)};

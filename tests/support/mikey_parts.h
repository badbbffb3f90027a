/* Parts of MIKEY messages in hex; the argument is the next payload. */
#ifndef MCV_TESTS_SUPPORT_MIKEY_PARTS_H
#define MCV_TESTS_SUPPORT_MIKEY_PARTS_H

#define B16  "000102030405060708090a0b0c0d0e0f"
#define B64  B16 B16 B16 B16
#define B256 B64 B64 B64 B64
#define HDR(np)                                                                                    \
    "011a" np "01"                                                                                 \
    "1abcdef1"                                                                                     \
    "0001"
#define HDR_CS(np)                                                                                 \
    "011a" np "01"                                                                                 \
    "1abcdef1" /* then #CS, map type, map */
#define T(np)                                                                                      \
    np "00"                                                                                        \
       "d6b4323200000000"
#define RAND(np) np "10" B16
#define SED      "04" B256 B16
#define SAKKE(np)                                                                                  \
    np "01"                                                                                        \
       "02"                                                                                        \
       "0111" SED
#define SIGN                                                                                       \
    "2081"                                                                                         \
    "04" B64 B64
#define TAIL SAKKE("04") SIGN /* what comes after next payload 1a */
#define SP0(np)                                                                                    \
    np "00"                                                                                        \
       "00"                                                                                        \
       "0003"                                                                                      \
       "000106"

#endif

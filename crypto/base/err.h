/* Error codes of every layer, grouped by the reaction they ask for.
 *
 * A function that can fail returns mcv_err; its outputs are unchanged or
 * neutral (zero) unless it returns MCV_OK. React to the class, not the code:
 *   PEER    hostile or broken bytes: drop, count, never log each one
 *   LOCAL   a limit, a missing thing or the machine: refuse, tell the user
 *   CALLER  a bug of the caller: MCV_ASSERT stops the program, also in release
 *   CRYPTO  a library failed: tell the user, stop using that key
 * After the first secret-dependent check there is one answer: MCV_E_AUTH. */
#ifndef MCV_CRYPTO_BASE_ERR_H
#define MCV_CRYPTO_BASE_ERR_H

#if defined(__GNUC__)
#define MCV_MUST_USE __attribute__((warn_unused_result))
#define MCV_NORETURN __attribute__((noreturn))
#else
#define MCV_MUST_USE
#define MCV_NORETURN
#endif

/* X(name, class, text) */
#define MCV_ERR_LIST(X)                                                                            \
    X(OK, NONE, "no error")                                                                        \
    X(E_TRUNCATED, PEER, "ends too early")                                                         \
    X(E_MALFORMED, PEER, "malformed")                                                              \
    X(E_UNSUPPORTED, PEER, "version, type or value not supported")                                 \
    X(E_AUTH, PEER, "does not authenticate")                                                       \
    X(E_REPLAY, PEER, "seen before")                                                               \
    X(E_UNKNOWN_KEY, PEER, "key identifier not known")                                             \
    X(E_NOT_FOR_US, PEER, "addressed to somebody else")                                            \
    X(E_POLICY, PEER, "not permitted here")                                                        \
    X(E_TIME, PEER, "outside its time window")                                                     \
    X(E_FULL, LOCAL, "table or queue full")                                                        \
    X(E_SPACE, LOCAL, "output buffer too small")                                                   \
    X(E_NOT_FOUND, LOCAL, "not found")                                                             \
    X(E_BUSY, LOCAL, "busy")                                                                       \
    X(E_EXPIRED, LOCAL, "key not valid now")                                                       \
    X(E_CONFIG, LOCAL, "configuration not usable")                                                 \
    X(E_IO, LOCAL, "input or output failed")                                                       \
    X(E_MISUSE, CALLER, "called wrongly")                                                          \
    X(E_CRYPTO, CRYPTO, "cryptographic library failed")

enum mcv_err_code {
#define MCV_ERR_CODE(name, class, text) MCV_##name,
    MCV_ERR_LIST(MCV_ERR_CODE)
#undef MCV_ERR_CODE
        MCV_N_ERRS
};

typedef enum mcv_err_code mcv_err;

enum mcv_err_class {
    MCV_CLASS_NONE,
    MCV_CLASS_PEER,
    MCV_CLASS_LOCAL,
    MCV_CLASS_CALLER,
    MCV_CLASS_CRYPTO,
};

enum mcv_err_class mcv_err_class(mcv_err err);

/* "MCV_E_AUTH"; static, never NULL. */
const char *mcv_err_name(mcv_err err);

/* "does not authenticate"; static, never NULL. */
const char *mcv_err_text(mcv_err err);

/* Stops the program; kept in release builds. Never on peer bytes. */
#define MCV_ASSERT(cond) ((cond) ? (void)0 : mcv_assert_failed(#cond, __FILE__, __LINE__))

MCV_NORETURN void mcv_assert_failed(const char *cond, const char *file, int line);

#endif

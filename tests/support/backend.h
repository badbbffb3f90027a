/* Tests that run once for each back-end of SAKKE: the environment variable MCV_FP names it. */
#ifndef MCV_TESTS_SUPPORT_BACKEND_H
#define MCV_TESTS_SUPPORT_BACKEND_H

#define MCV_TEST_SKIPPED 77 /* of ctest's SKIP_RETURN_CODE */

/* Ends the program with MCV_TEST_SKIPPED if this CPU does not run what MCV_FP asks for. */
void backend_or_skip(void);

/* Prints the back-end that ran; fails the test if MCV_FP asked for another one. */
void backend_ran(const char *name);

#endif

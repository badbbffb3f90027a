#include "agent/store/harden.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

mcv_err mcv_harden_process(struct mcv_why *why)
{
    const struct rlimit none = {0};
    struct rlimit lockable;

    umask(077);
    if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return mcv_why_set(why, MCV_E_CONFIG, "core dumps cannot be switched off: %s",
                           strerror(errno));
    if (getrlimit(RLIMIT_MEMLOCK, &lockable) == 0) {
        lockable.rlim_cur = lockable.rlim_max;
        setrlimit(RLIMIT_MEMLOCK, &lockable);
    }
    return MCV_OK;
}

mcv_err mcv_harden_drop(const char *user, struct mcv_why *why)
{
    if (user == NULL) return MCV_OK;
    const struct passwd *pw = getpwnam(user);
    if (pw == NULL)
        return mcv_why_set(why, MCV_E_NOT_FOUND,
                           "there is no such user; `useradd --system %s` "
                           "makes one",
                           user);
    if (getuid() == pw->pw_uid) return MCV_OK;
    if (initgroups(user, pw->pw_gid) != 0 || setgid(pw->pw_gid) != 0 || setuid(pw->pw_uid) != 0)
        return mcv_why_set(why, MCV_E_CONFIG, "cannot become this user: %s", strerror(errno));
    if (setuid(0) == 0) return mcv_why_set(why, MCV_E_CONFIG, "privileges could not be dropped");
    /* Changing identity makes the process dumpable again where the system says so. */
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        return mcv_why_set(why, MCV_E_CONFIG, "core dumps cannot be switched off: %s",
                           strerror(errno));
    return MCV_OK;
}

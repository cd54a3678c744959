/* A disk that cannot be trusted: while the file named by SYNC_FAILS exists, syncing fails with EIO.
   Each sync that succeeds adds a byte to the file named by SYNC_COUNT. Preloaded before libc. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static int sync_with(const char *name, int fd)
{
    const char *fails = getenv("SYNC_FAILS"), *count = getenv("SYNC_COUNT");
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);

    if (fails && access(fails, F_OK) == 0) {
        errno = EIO;
        return -1;
    }
    if (count) {
        int counter = open(count, O_WRONLY | O_CREAT | O_APPEND, 0600);
        if (counter < 0 || write(counter, ".", 1) != 1)
            abort();
        close(counter);
    }
    return real(fd);
}

int fsync(int fd) { return sync_with("fsync", fd); }
int fdatasync(int fd) { return sync_with("fdatasync", fd); }

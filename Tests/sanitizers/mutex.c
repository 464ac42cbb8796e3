// Shows ThreadSanitizer what `Synchronization.Mutex` does under contention; loaded before the tests in `make tsan`.
//
// Without contention a Mutex is one atomic exchange, which is inlined into our code and seen. With contention
// `_lockSlow` and `_unlockSlow` of libswiftSynchronization, which is not instrumented, ask the kernel (FUTEX_LOCK_PI):
// the order that this makes is invisible, and whatever the lock protects would be reported as a race. This tells of
// the order and hides nothing: an access without the lock is reported as before.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

// Absent in the programs that a test starts: they inherit the preloaded library.
void __tsan_acquire(void *) __attribute__((weak));
void __tsan_release(void *) __attribute__((weak));

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context))
#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

typedef SWIFT void (*lock_t)(uint32_t thread, SELF void *mutex);
typedef SWIFT void (*unlock_t)(SELF void *mutex);

static lock_t real_lock;
static unlock_t real_unlock;

__attribute__((constructor)) static void find(void) {
    real_lock = (lock_t)dlsym(RTLD_NEXT, LOCK);
    real_unlock = (unlock_t)dlsym(RTLD_NEXT, UNLOCK);
}

SWIFT void lock_slow(uint32_t thread, SELF void *mutex) __asm__(LOCK);
SWIFT void lock_slow(uint32_t thread, SELF void *mutex) {
    real_lock(thread, mutex);
    if (__tsan_acquire) __tsan_acquire(mutex);
}

SWIFT void unlock_slow(SELF void *mutex) __asm__(UNLOCK);
SWIFT void unlock_slow(SELF void *mutex) {
    if (__tsan_release) __tsan_release(mutex);
    real_unlock(mutex);
}

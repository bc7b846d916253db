/*
 * Allocates in every way and says what it did not free: blocks and bytes. With an argument it keeps
 * some, without one it keeps none. Writes a marker before each of five equal requests.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static long blocks, bytes;

static void keep(void *block, long size) {
  if (block == NULL) _exit(1);
  blocks++;
  bytes += size;
}

static void *thread(void *arg) {
  for (int i = 1; i <= 20; i++) free(malloc(i * 10));
  keep(malloc(333), 333);
  return arg;
}

__attribute__((noinline)) static void request(int leak) {
  char *a = malloc(100), *b = calloc(4, 25);
  if (leak) keep(malloc(48), 48);
  free(a);
  free(b);
}

static void done(void *block, long size, int leak) {
  if (leak) keep(block, size);
  else free(block);
}

int main(int argc, char **argv) {
  int leak = argc > 1;
  char path[99];
  snprintf(path, sizeof path, "/sys/kernel/tracing/instances/traceduck-%d/trace_marker", getppid());
  int marker = open(path, O_WRONLY);
  for (int i = 0; i < 5; i++) {
    if (marker >= 0) dprintf(marker, "request %d", i);
    request(leak);
  }
  char *r = realloc(NULL, 10);
  r = realloc(r, 5000);
  done(realloc(r, 20), 20, leak);
  void *m = realloc(malloc(7), 0);
  if (posix_memalign(&m, 64, 640) == 0) done(m, 640, leak);
  done(aligned_alloc(128, 256), 256, leak);
  free(memalign(32, 96));
  done(strdup("thirteen char"), 14, leak);
  free(NULL);
  if (malloc((size_t)1 << 60) != NULL) return 1;
  if (leak) {
    pthread_t t;
    pthread_create(&t, NULL, thread, NULL);
    pthread_join(t, NULL);
  }
  void *inherited = malloc(77);
  pid_t pid = fork();
  if (pid == 0) {
    free(inherited);
    free(malloc(5));
    _exit(0);
  }
  waitpid(pid, NULL, 0);
  free(inherited);
  char line[64];
  int n = snprintf(line, sizeof line, "%ld %ld\n", blocks, bytes);
  if (write(1, line, n) != n) return 1;
  _exit(0);
}

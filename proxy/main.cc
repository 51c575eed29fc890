// regauge: the program. Everything is in the library beside it.
#include "proxy/options.h"

#if defined(REGAUGE_JEMALLOC)
// Read by jemalloc when it starts: memory of closed connections goes back to the system within a
// second, by a thread of its own, and threads share few arenas.
extern "C" {
extern const char* malloc_conf;
const char* malloc_conf = "background_thread:true,dirty_decay_ms:1000,muzzy_decay_ms:0,narenas:2";
}
#endif

int main(int argc, char** argv) { return regauge::proxy::run_command_line(argc, argv); }

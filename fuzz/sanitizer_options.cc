// What AddressSanitizer does in fuzz programs unless ASAN_OPTIONS says otherwise: memory is put to
// use again sooner and allocations keep short stacks, which saves a third of the time of each
// execution. What is freed and read within one execution still lies in quarantine.

extern "C" const char* __asan_default_options() {  // the name is the sanitizer's
  return "quarantine_size_mb=8:malloc_context_size=8";
}

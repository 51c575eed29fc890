// regauge: the program. Everything is in the library beside it.
#include "proxy/options.h"

int main(int argc, char** argv) { return regauge::proxy::run_command_line(argc, argv); }

// The command line (design §10): a contract, others script against it.
#pragma once

namespace regauge::proxy {

/// Runs the command that the arguments name. Returns the exit status: 0 done, 1 failed, 2 usage.
int run_command_line(int argc, const char* const* argv);

}  // namespace regauge::proxy

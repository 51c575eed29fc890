// Prints, for each row, the work that a codec counted; work_test.py sets the instructions beside
// it.
#include "tests/work/probe.h"

int main() {
  regauge::tests::probe_hpack_decoder();
  regauge::tests::probe_hpack_encoder();
  regauge::tests::probe_h1_decoder();
  regauge::tests::probe_h2_connection();
}

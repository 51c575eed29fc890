// Replays corpus files through a fuzz target without a fuzzing engine, so that ctest needs no
// clang.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int main(int argc, char** argv) {
  std::vector<std::filesystem::path> files;
  for (int i = 1; i < argc; ++i) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(argv[i])) {
      if (entry.is_regular_file() && entry.path().extension() != ".md") {
        files.push_back(entry.path());
      }
    }
  }
  for (const auto& path : files) {
    std::ifstream stream(path, std::ios::binary);
    const std::vector<char> octets((std::istreambuf_iterator<char>(stream)),
                                   std::istreambuf_iterator<char>());
    // An exact-size heap block: a sanitizer then sees a read one octet too far.
    auto block = std::make_unique<std::uint8_t[]>(octets.size());
    for (std::size_t i = 0; i < octets.size(); ++i) {
      block[i] = static_cast<std::uint8_t>(octets[i]);
    }
    std::fprintf(stderr, "%s\n", path.c_str());
    LLVMFuzzerTestOneInput(block.get(), octets.size());
  }
  std::printf("%zu passed, 0 failed\n", files.size());
  return files.empty() ? 1 : 0;  // an empty corpus tests nothing
}

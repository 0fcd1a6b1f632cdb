// The three pieces of libc++'s compiled part that the addon uses when Zig compiles it. With them here the addon needs
// no libc++ library, which Zig would build from source for more than a minute; operator new and delete come from the
// process, which has a C++ runtime (node and TensorFlow both need one).
#include <__hash_table>
#include <__verbose_abort>
#include <cstdlib>
#include <string>

template class std::basic_string<char>;

namespace std {
inline namespace __1 {

// The least prime that is not below n: the number of buckets of an unordered_map.
size_t __next_prime(size_t n) {
  if (n <= 2) return 2;
  for (size_t candidate = n | 1;; candidate += 2) {
    bool prime = true;
    for (size_t divisor = 3; divisor * divisor <= candidate && prime; divisor += 2) prime = candidate % divisor != 0;
    if (prime) return candidate;
  }
}

void __libcpp_verbose_abort(const char*, ...) noexcept { abort(); }

}  // namespace __1
}  // namespace std

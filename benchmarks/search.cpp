// The yardstick of the search benchmark: plain C++ early-stop searches on the same arrays, built by the benchmark only.
// A 4-ary heap of (milliseconds, node) packed in 64 bits, and a bucket queue; both forget only what they reached.
#include <cstdint>
#include <vector>
#include <cstring>

namespace {
constexpr int32_t UNREACHED = INT32_MAX;

struct Heap {
    std::vector<uint64_t> a;
    void push(uint64_t x) {
        size_t i = a.size();
        a.push_back(x);
        while (i > 0) {
            size_t p = (i - 1) >> 2;
            if (a[p] <= x) break;
            a[i] = a[p];
            i = p;
        }
        a[i] = x;
    }
    uint64_t pop() {
        uint64_t top = a[0], x = a.back();
        a.pop_back();
        size_t n = a.size(), i = 0;
        if (n == 0) return top;
        for (;;) {
            size_t c = (i << 2) + 1;
            if (c >= n) break;
            size_t best = c, end = c + 4 < n ? c + 4 : n;
            for (size_t k = c + 1; k < end; ++k)
                if (a[k] < a[best]) best = k;
            if (a[best] >= x) break;
            a[i] = a[best];
            i = best;
        }
        a[i] = x;
        return top;
    }
};
}  // namespace

extern "C" {

// times: caller's array of n values, all UNREACHED before and after; returns the number of nodes reached and their sum.
int64_t heap_search(const int64_t* starts, const int32_t* heads, const int32_t* costs, int32_t source, int32_t limit,
                    int32_t* times, int64_t* checksum) {
    static thread_local Heap heap;
    static thread_local std::vector<int32_t> touched;
    heap.a.clear();
    touched.clear();
    times[source] = 0;
    touched.push_back(source);
    heap.push(static_cast<uint32_t>(source));
    while (!heap.a.empty()) {
        uint64_t top = heap.pop();
        int32_t spent = static_cast<int32_t>(top >> 32), node = static_cast<int32_t>(top & 0xffffffffu);
        if (spent > times[node]) continue;
        for (int64_t arc = starts[node]; arc < starts[node + 1]; ++arc) {
            int32_t there = spent + costs[arc], head = heads[arc];
            if (there <= limit && there < times[head]) {
                if (times[head] == UNREACHED) touched.push_back(head);
                times[head] = there;
                heap.push(static_cast<uint64_t>(there) << 32 | static_cast<uint32_t>(head));
            }
        }
    }
    int64_t sum = 0;
    for (int32_t node : touched) {
        sum += times[node];
        times[node] = UNREACHED;
    }
    *checksum = sum;
    return static_cast<int64_t>(touched.size());
}

int64_t bucket_search(const int64_t* starts, const int32_t* heads, const int32_t* costs, int32_t source, int32_t limit,
                      int32_t width, int32_t* times, int64_t* checksum) {
    static thread_local std::vector<std::vector<int32_t>> buckets;
    static thread_local std::vector<int32_t> touched;
    size_t count = static_cast<size_t>(limit / width) + 1;
    if (buckets.size() < count) buckets.resize(count);
    touched.clear();
    times[source] = 0;
    touched.push_back(source);
    buckets[0].push_back(source);
    for (size_t b = 0; b < count; ++b) {
        auto& bucket = buckets[b];
        for (size_t i = 0; i < bucket.size(); ++i) {
            int32_t node = bucket[i], spent = times[node];
            if (static_cast<size_t>(spent / width) != b) continue;
            for (int64_t arc = starts[node]; arc < starts[node + 1]; ++arc) {
                int32_t there = spent + costs[arc], head = heads[arc];
                if (there <= limit && there < times[head]) {
                    if (times[head] == UNREACHED) touched.push_back(head);
                    times[head] = there;
                    buckets[static_cast<size_t>(there / width)].push_back(head);
                }
            }
        }
        bucket.clear();
    }
    int64_t sum = 0;
    for (int32_t node : touched) {
        sum += times[node];
        times[node] = UNREACHED;
    }
    *checksum = sum;
    return static_cast<int64_t>(touched.size());
}
}

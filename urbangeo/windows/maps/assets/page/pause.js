/* The first frame: the counties stand and answer the pointer. All other parts are made after it is painted. */
urbangeo.part("pause", function (page) {
  "use strict";
  page.pause();
});

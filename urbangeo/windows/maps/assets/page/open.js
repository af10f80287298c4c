/* The meeting map. All text comes from one JSON block and is set as text, never as markup. The page is made of parts;
   each takes what it needs from `page` and adds what others may use. */
var urbangeo = (function () {
  "use strict";

  var parts = [];
  return {
    part: function (name, make) { parts.push(make); },
    open: function (map, dataId) {
      var atlas = JSON.parse(document.getElementById(dataId).textContent);
      var page = { map: map, id: dataId, atlas: atlas, words: atlas.words, body: document.body, begin: [] };
      parts.forEach(function (make) { make(page); });
      return page;
    }
  };
}());

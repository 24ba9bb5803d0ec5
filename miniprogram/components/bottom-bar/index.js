/** The bar at the foot of a page that holds what there is to do. Its page has the class `screen-with-bar`. */
Component({ options: { virtualHost: true } });

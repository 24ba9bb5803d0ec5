from rest_framework.pagination import PageNumberPagination


class Page(PageNumberPagination):
    """`?page=2&page_size=50` → `{count, next, previous, results}`."""

    page_size_query_param = "page_size"
    max_page_size = 100

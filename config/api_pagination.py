from typing import Any

from rest_framework import serializers
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request


class Page(PageNumberPagination):
    """`?page=2&page_size=50` → `{count, next, previous, results}`."""

    page_size_query_param = "page_size"
    max_page_size = 100

    def get_page_size(self, request: Request) -> int | None:
        """Raises ValidationError for a size that cannot be had; DRF's answers with another one than was asked for."""
        given = request.query_params.get(self.page_size_query_param)
        if not given:
            return self.page_size
        try:
            return serializers.IntegerField(min_value=1, max_value=self.max_page_size).run_validation(given)
        except serializers.ValidationError as error:
            raise serializers.ValidationError({self.page_size_query_param: error.detail}) from error

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        parameters = super().get_schema_operation_parameters(view)
        for parameter in parameters:
            parameter["schema"]["minimum"] = 1
            if parameter["name"] == self.page_size_query_param:
                parameter["schema"]["maximum"] = self.max_page_size
        return parameters
